/** Where what came before its sale waits for it. */
export const tombstoneKey = (store: string, saleid: string): string => `${store}/${saleid}`
