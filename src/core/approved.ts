declare const approved: unique symbol;
/**
 * Something that the safety envelope has let through. The brand is not exported, so a bare proposal
 * given to a light-changing driver method does not compile; only `safety/approve.ts` makes one.
 */
export type Approved<T> = T & { readonly [approved]: true };
