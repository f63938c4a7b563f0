import type { LaneInput } from './inputs.ts'
import type { Booking, Hold, Phase } from './state.ts'

type At = Phase['at']

/** What can move a lane; whatever else happens leaves its phase as it is. */
export type LaneEvent =
  | 'tap'
  | 'open'
  | 'redeem'
  | 'complete'
  | 'record'
  | 'cancel'
  | 'reverse'
  | 'answer'
  | 'no answer'
  | 'on disk'
  | 'not on disk'
  | 'time-out'

export interface Transition {
  from: readonly At[]
  on: LaneEvent
  to: At
  /** For people: docs/lanes.md is drawn from it. */
  when: string
}

const anywhere: readonly At[] = ['idle', 'presented', 'open', 'quoted', 'tendering', 'completed', 'cancelled']
const withoutSale: readonly At[] = ['idle', 'presented', 'tendering', 'completed', 'cancelled']

/** Every way from one phase to the next. The machine refuses to go any other, and docs/lanes.md is drawn from here. */
export const transitions: readonly Transition[] = [
  { from: withoutSale, on: 'tap', to: 'presented', when: 'a card, a code or a number is shown: who is it?' },
  { from: ['open'], on: 'tap', to: 'open', when: 'the first card of the sale: it is quoted for its member' },
  { from: ['quoted'], on: 'tap', to: 'quoted', when: 'amount first: it is quoted again, for the member' },
  { from: ['quoted'], on: 'tap', to: 'presented', when: 'the disk has refused that sale: this is the next customer' },
  { from: anywhere, on: 'open', to: 'open', when: 'the till opens a sale, or changes its basket: what is it?' },
  { from: [...withoutSale, 'quoted'], on: 'open', to: 'quoted', when: 'so, on a lane that only earns' },
  {
    from: ['presented'],
    on: 'answer',
    to: 'presented',
    when: 'the club says who it is, or that it is nobody; while it is away, the box',
  },
  { from: ['open', 'quoted'], on: 'answer', to: 'quoted', when: 'the club’s price; or what it holds of the credit' },
  { from: ['presented'], on: 'no answer', to: 'presented', when: 'the club is away; the sale will earn all the same' },
  { from: ['open', 'quoted'], on: 'no answer', to: 'quoted', when: 'the price as it is, or the quote that was there' },
  { from: ['quoted'], on: 'redeem', to: 'quoted', when: 'a part is to be paid from credit, or that is given back' },
  { from: ['open', 'quoted'], on: 'complete', to: 'tendering', when: 'the customer has paid' },
  { from: withoutSale, on: 'complete', to: 'tendering', when: 'so, of a sale from before a restart, or brought along' },
  { from: anywhere, on: 'record', to: 'tendering', when: 'a sale that was paid without a question' },
  { from: ['tendering'], on: 'on disk', to: 'completed', when: 'only now success is said' },
  { from: ['tendering'], on: 'not on disk', to: 'quoted', when: 'nothing was taken: the till tries again' },
  { from: ['presented'], on: 'cancel', to: 'idle', when: 'whoever stood here goes' },
  { from: ['open', 'quoted'], on: 'cancel', to: 'cancelled', when: 'the sale is given up' },
  { from: ['open', 'quoted'], on: 'reverse', to: 'cancelled', when: 'a terminal lost its own answer' },
  { from: ['open', 'quoted'], on: 'time-out', to: 'cancelled', when: 'nobody went on with the sale' },
  { from: ['quoted'], on: 'time-out', to: 'quoted', when: 'credit was held too long: the whole price again' },
  { from: ['presented', 'completed', 'cancelled'], on: 'time-out', to: 'idle', when: 'the moment is over' },
]

/** Which of the events an input is; undefined for what may move nothing. */
export function eventOf(input: LaneInput): LaneEvent | undefined {
  switch (input.kind) {
    case 'credential':
      return 'tap'
    case 'answer':
      return 'answer'
    case 'timer':
      return input.timer.startsWith('question:') ? 'no answer' : 'time-out'
    case 'committed':
      return 'on disk'
    case 'not-committed':
      return 'not on disk'
    case 'till': {
      const { op } = input.request
      return transitions.find(({ on }) => on === op)?.on
    }
    default:
      return undefined
  }
}

const keyOf = (from: At, on: LaneEvent | undefined, to: At) => `${from} ${on} ${to}`
const legal = new Set(transitions.flatMap(({ from, on, to }) => from.map((one) => keyOf(one, on, to))))

/** Throws where the lane would go a way that is not in the table. */
export function checkMove(from: At, input: LaneInput, to: At): void {
  if (from !== to && !legal.has(keyOf(from, eventOf(input), to)))
    throw new Error(`a lane never goes from ${from} to ${to} by ${eventOf(input) ?? input.kind}`)
}

type StageMoves<Stage extends string> = Readonly<Record<'new' | Stage, readonly (Stage | 'over')[]>>

/** What becomes of credit that is held for a sale. */
export const holdMoves: StageMoves<Hold['stage']> = {
  new: ['queued', 'held'],
  queued: ['intending', 'over'],
  intending: ['asking', 'unwanted', 'held', 'over'],
  unwanted: ['over'],
  asking: ['held', 'dropping', 'over'],
  held: ['spending', 'dropping', 'over'],
  spending: ['over', 'held'],
  dropping: ['over'],
}

/** What becomes of a fact. */
export const bookingMoves: StageMoves<Booking['stage']> = {
  new: ['committing', 'awaiting', 'late'],
  committing: ['awaiting', 'deciding', 'late', 'over'],
  awaiting: ['deciding', 'late', 'over'],
  deciding: ['awaiting', 'over'],
  late: ['over'],
}

/** Throws where a hold or a booking would go a way that is not in its table. */
export function checkStage<Stage extends string>(
  moves: StageMoves<Stage>,
  from: Stage | undefined,
  to: NoInfer<Stage> | 'over',
): void {
  if (from === to || (from === undefined && to === 'over')) return
  if (!moves[from ?? 'new'].includes(to)) throw new Error(`nothing goes from ${from ?? 'new'} to ${to}`)
}
