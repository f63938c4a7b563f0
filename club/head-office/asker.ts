import type { OfficeAnswer, OfficeAsked, OfficeRequestName } from '#protocol/head-office/requests.ts'
import type { Login } from './sessions.ts'

/** What the audit log says of a change, besides who, when and what came of it. */
export interface Told {
  subject?: string
  /** In the place of what was asked, where that is long or secret. */
  data?: unknown
  before?: unknown
  after?: unknown
}

/** Who asks, and what the audit log is to hear of it. */
export interface Asker extends Login {
  /** May be called more than once; the later fields count. */
  tell(told: Told): void
}

/** What answers a request. It throws a `VafaError` where it cannot. */
export type Answers<Name extends OfficeRequestName> = {
  readonly [One in Name]: (data: OfficeAsked<One>, asker: Asker) => Promise<OfficeAnswer<One>> | OfficeAnswer<One>
}

/** What somebody proposed and somebody else agreed to. */
export interface Agreed {
  proposalid: string
  by: string
  agreedBy: string
  tell(told: Told): void
}

/** Does what was agreed to. Doing it twice under one `proposalid` does it once. */
export type Performers<Name extends OfficeRequestName> = {
  readonly [One in Name]: (data: OfficeAsked<One>, agreed: Agreed) => Promise<unknown>
}

/** Keeps what a second person is to agree to. */
export type Propose = (name: OfficeRequestName, given: { subject: string; data: unknown; by: string }) => { proposalid: string }
