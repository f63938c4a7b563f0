import { z } from 'zod'
import { laneKind } from './lane.ts'
import { language, localised } from './text.ts'
import { moneyShown } from './values.ts'

/** The question that a kiosk asks: four answers, then a comment. */
export const survey = z.strictObject({
  id: z.string().min(1).max(60).meta({ description: 'as the club keeps the answers under; another question has another' }),
  question: localised,
  options: z.array(localised).length(4),
})
export type Survey = z.infer<typeof survey>

/** What pages show of their store. */
export const pageShown = z.strictObject({
  title: localised,
  language,
  moneyShown,
  currency: z.string(),
  timeZone: z.string(),
  staff: z.boolean().meta({ description: 'whether there is a staff mode' }),
  survey: survey.optional(),
})

/**
 * What a lane's page gets at `POST /ticket` for one connection (MQTT 3.1.1 over a WebSocket at `path`): the ticket is good
 * once and for half a minute, and for the three topics of its lane.
 */
export const laneAccess = z.object({
  lane: z.string(),
  kind: laneKind,
  path: z.string(),
  clientid: z.string(),
  username: z.string(),
  password: z.string(),
  topics: z.object({ input: z.string(), screen: z.string(), replies: z.string() }),
  ...pageShown.shape,
})
export type LaneAccess = z.infer<typeof laneAccess>
