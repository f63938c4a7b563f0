import type { Localised } from './text.ts'

/** One thing that happened to an event, where and when, for whoever follows it over box and club. */
export interface TraceStep {
  where: 'box' | 'club'
  /** ISO 8601, by the clock of that place. */
  at: string
  what: Localised
  /** What belongs to it, by name; no person and no card. */
  details: Readonly<Record<string, string | number>>
}
