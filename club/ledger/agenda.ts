import type { Means } from './purse.ts'

/** The earliest instant at which the club has to do something about what a member has; undefined where there is none. */
export function dueOf({
  lots,
  holds = [],
  rank,
  birthdayAt,
}: Pick<Means, 'lots' | 'holds'> & { rank?: { until?: string } | undefined; birthdayAt?: string | undefined }):
  | string
  | undefined {
  let due: string | undefined
  const note = (instant: string | undefined) => {
    if (instant !== undefined && (due === undefined || instant < due)) due = instant
  }
  for (const { expiresAt, remindAt } of lots) {
    note(expiresAt)
    note(remindAt)
  }
  for (const { lapsesAt } of holds) note(lapsesAt)
  note(rank?.until)
  note(birthdayAt)
  return due
}
