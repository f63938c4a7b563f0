/**
 * What goes wrong with the next request: half of the body is sent, then nothing more; the line is cut before the answer;
 * it is sent twice, as a till does that did not get the first answer; it is in the name of another till; it is too long;
 * it is no JSON.
 */
export const nexoFaults = ['half a request', 'hang up', 'repeat', 'wrong header', 'oversized', 'garbage'] as const
export type NexoFault = (typeof nexoFaults)[number]
