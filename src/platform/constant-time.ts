const encoder = new TextEncoder();

function digestOf(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', encoder.encode(text));
}

/** A text that others are compared with in time that does not depend on where they differ (digests: lengths may differ). */
export interface ConstantTimeText {
  equals(text: string): Promise<boolean>;
}

/** Its digest is made when it is first compared. */
export function constantTimeText(text: string): ConstantTimeText {
  let digest: ArrayBuffer | null = null;
  return {
    async equals(other) {
      digest ??= await digestOf(text);
      return crypto.subtle.timingSafeEqual(digest, await digestOf(other));
    },
  };
}
