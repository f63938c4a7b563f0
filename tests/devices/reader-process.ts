import { readdirSync, readFileSync } from 'node:fs'

/** The processes that hold nfc-pcsc for `parent`, by their command line. */
export function readerProcesses(parent = process.pid): number[] {
  const children = readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
    readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return children.filter((pid) => commandLine(pid).includes('pcscd-child'))
}

/** False also for a process that ended and was not yet waited for. */
export const isAlive = (pid: number): boolean => commandLine(pid) !== ''

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
