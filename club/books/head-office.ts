/** Whose the club's own events are in the journal, and what it granted itself; no store can have this name. */
export const headOffice = '@club'
