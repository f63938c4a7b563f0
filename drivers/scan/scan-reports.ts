import type { DeviceHost } from '../contract.ts'
import type { ScanResult } from './framing.ts'
import { readScan, type ScanRules } from './rules.ts'

export interface ScanReports {
  /** Tells the host what was scanned, or counts what was unreadable. */
  take(results: readonly ScanResult[]): void
  /** The scanner has gone: what it could not read is no fault of the device any more. */
  end(): void
}

/**
 * Turns framed codes into the events of one device. It is `degraded` at the first unreadable scan and then at each
 * tenfold, `ready` at the next good one. `advice`: what to check on this kind of scanner; `standing`: a fault that no good
 * scan ends; `lane`: the lane it stands at, where the device serves several.
 */
export function reportScans(
  host: DeviceHost,
  { rules, advice, lane, standing }: { rules: ScanRules; advice: string; lane?: string; standing?: string | undefined },
): ScanReports {
  const at = () => ({ at: host.runtime.now(), ...(lane === undefined ? {} : { lane }) })
  let unreadable = 0
  let reportAt = 1
  const sayStanding = () => (standing === undefined ? host.health('ready') : host.health('degraded', standing))
  if (standing !== undefined) sayStanding()
  const good = () => {
    if (unreadable > 0) sayStanding()
    unreadable = 0
    reportAt = 1
  }
  const bad = () => {
    unreadable += 1
    if (unreadable < reportAt) return
    reportAt *= 10
    host.health('degraded', `${unreadable === 1 ? 'a scan was' : `${unreadable} scans were`} unreadable: ${advice}`)
  }
  return {
    take(results) {
      for (const result of results) {
        const meaning = result.kind === 'scan' ? readScan(result.text, rules) : result
        if (meaning.kind === 'garbage' || meaning.kind === 'unreadable') {
          bad()
          continue
        }
        good()
        if (meaning.kind === 'credential') host.event({ kind: 'credential', ...at(), credential: meaning.credential })
        else if (meaning.kind === 'scan') host.event({ kind: 'scan', ...at(), scan: meaning.scan })
      }
    },
    end: good,
  }
}
