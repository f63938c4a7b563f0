/**
 * What goes wrong with the next message: it is never sent whole, is sent twice, carries a wrong MAC, its answer is lost
 * (the line is cut as soon as it has left), or it is undone before it was answered.
 */
export const terminalFaults = ['half-a-frame', 'twice', 'wrong-mac', 'answer-lost', 'undone-at-once'] as const
export type TerminalFault = (typeof terminalFaults)[number]
