import { readdirSync, readFileSync } from 'node:fs'

/**
 * Proportional set size of a process and all its descendants, in bytes, as the kernel counts it
 * (/proc/PID/smaps_rollup): memory that processes share is counted once among them.
 */
export function proportionalSetSize(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + pssOf(one), 0)
}

function pssOf(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) * 1024
  } catch {
    // It has ended between the listing and the reading.
    return 0
  }
}

/** Process ids of everything that `pid` has started, and they in turn. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = parentOf(Number(entry))
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  const found: number[] = []
  const visit = (one: number) => {
    for (const child of children.get(one) ?? []) {
      found.push(child)
      visit(child)
    }
  }
  visit(pid)
  return found
}

/** Whether a process does anything still: one that has ended may stay listed until its parent has asked how it ended. */
export function isRunning(pid: number): boolean {
  const state = statOf(pid)?.[0]
  return state !== undefined && state !== 'Z' && state !== 'X'
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** The fields of /proc/PID/stat behind the name in parentheses, which may hold blanks (proc(5)): state, parent … */
export function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
