import { ledgerMutants } from './ledger.ts'
import { runMutant, type Verdict } from './run-mutant.ts'

/** Runs every mutant against its law, one after another. */
export async function tryMutants(tell: (verdict: Verdict) => void): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const mutant of ledgerMutants) {
    const verdict = await runMutant(mutant, { runs: 30, seed: 1 })
    tell(verdict)
    verdicts.push(verdict)
  }
  return verdicts
}
