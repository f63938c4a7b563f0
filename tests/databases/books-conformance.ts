import type { Engine } from '#club/store/engine.ts'
import type { OpenBooks } from './books-on-trial.ts'
import { clubAnswersConformance } from './club-answers-conformance.ts'
import { clubClaimsConformance } from './club-claims-conformance.ts'
import { clubCodesConformance } from './club-codes-conformance.ts'
import { clubDaysConformance } from './club-days-conformance.ts'
import { clubExpiryConformance } from './club-expiry-conformance.ts'
import { clubInsightConformance } from './club-insight-conformance.ts'
import { clubMoneyConformance } from './club-money-conformance.ts'
import { clubMoneyModelConformance } from './club-money-model-conformance.ts'
import { clubOfflineConformance } from './club-offline-conformance.ts'
import { clubPeopleConformance } from './club-people-conformance.ts'
import { clubPeopleProperty } from './club-people-history-conformance.ts'
import { clubProofsConformance } from './club-proofs-conformance.ts'
import { clubQuarantineConformance } from './club-quarantine-conformance.ts'
import { clubReportsConformance } from './club-reports-conformance.ts'
import { clubReturnsConformance } from './club-returns-conformance.ts'
import { clubRewardsConformance } from './club-rewards-conformance.ts'
import { clubStandingConformance } from './club-standing-conformance.ts'
import { clubStoreConformance } from './club-store-conformance.ts'
import { clubTokenKeysConformance } from './club-token-keys-conformance.ts'

/** What the club's books must do, whatever database keeps them. `openEngine`: the database of a folder by itself. */
export function booksConformance(name: string, open: OpenBooks, openEngine: (folder: string) => Promise<Engine>) {
  clubStoreConformance(name, open)
  clubAnswersConformance(name, open)
  clubRewardsConformance(name, open)
  clubStandingConformance(name, open)
  clubInsightConformance(name, openEngine)
  clubReportsConformance(name, openEngine)
  clubMoneyConformance(name, open)
  clubExpiryConformance(name, open)
  clubMoneyModelConformance(name, open)
  clubPeopleConformance(name, open)
  clubPeopleProperty(name, open)
  clubClaimsConformance(name, open)
  clubDaysConformance(name, open)
  clubQuarantineConformance(name, open)
  clubProofsConformance(name, open)
  clubCodesConformance(name, open)
  clubReturnsConformance(name, open)
  clubOfflineConformance(name, open)
  clubTokenKeysConformance(name, open)
}
