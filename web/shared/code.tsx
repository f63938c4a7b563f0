/** A code (store, member's number, id): left to right whatever is around it, in letters of one width. */
export const Code = ({ children }: { children: string | number }) => <bdi class="code">{children}</bdi>
