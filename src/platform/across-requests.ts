/**
 * Whether a request may wait for a promise that another one settles: what follows runs as its own then, and as the other
 * one's without (Workers, compatibility flag `handle_cross_request_promise_resolution`, on by date). Not so below the tools
 * that run tests inside the runtime: there every request does for itself what it could have had from another.
 */
export const mayWaitForOthers =
  typeof Cloudflare !== 'undefined' && Cloudflare.compatibilityFlags.handle_cross_request_promise_resolution === true;
