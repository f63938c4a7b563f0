import { statOf } from './memory.ts'

/** Milliseconds of processor that a process has used, its threads with it (proc(5), utime and stime; to a hundredth of a second). */
export function cpuMs(pid: number): number {
  const fields = statOf(pid) ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10
}
