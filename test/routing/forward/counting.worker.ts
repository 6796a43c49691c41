import product, { Rotor } from '../../../src/index.ts';
import type { CheckoutRequest, CheckoutResult } from '../../../src/routing/rotation/rotation.types.ts';

// All its objects; the one that is exported below takes the place of its own.
export * from '../../../src/index.ts';

// The product as it is, and a path that says how its Rotors were asked.

/** How many checkouts came by themselves, and how many with each joint call. */
export interface CheckoutCalls {
  alone: number;
  together: number[];
}

const calls: CheckoutCalls = { alone: 0, together: [] };

class CountingRotor extends Rotor {
  override checkout(request: CheckoutRequest): Promise<CheckoutResult> {
    calls.alone += 1;
    return super.checkout(request);
  }

  override checkoutEach(requests: readonly CheckoutRequest[]): Promise<(CheckoutResult | null)[]> {
    calls.together.push(requests.length);
    return super.checkoutEach(requests);
  }
}

export { CountingRotor as Rotor };

export default {
  ...product,
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/checkout-calls') return Response.json(calls);
    return product.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
