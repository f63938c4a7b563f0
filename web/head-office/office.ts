import { type Signal, signal } from '@preact/signals'
import type { OfficeResponse } from '#protocol/head-office/envelope.ts'
import type { LiveAlarms, LiveClub, LiveStore } from '#protocol/head-office/live.ts'
import type { ProgrammeProblem } from '#protocol/head-office/programmes.ts'
import type { OfficeAnswer, OfficeData, OfficeRequestName } from '#protocol/head-office/requests.ts'
import { liveTopics, officeTopics } from '#protocol/topics.ts'
import { createWire, type Wire, WireProblem } from '../shared/wire.ts'
import { words as sharedWords } from '../shared/words.ts'
import { browserMoments, createLiveStores, type LiveStores } from './live-stores.ts'
import { access, OfficeProblem, session } from './session.ts'

/** A question that head office refused, with the wrong lines where it was a programme. */
export class RequestProblem extends OfficeProblem {
  readonly problems: readonly ProgrammeProblem[]
  constructor(given: ConstructorParameters<typeof OfficeProblem>[0], problems: readonly ProgrammeProblem[]) {
    super(given)
    this.problems = problems
  }
}

/** The page's line to the club while somebody is logged in, and what it tells by itself. */
export interface Office {
  readonly wire: Wire
  readonly stores: LiveStores
  readonly club: Signal<LiveClub | undefined>
  readonly alarms: Signal<LiveAlarms | undefined>
  ask<Name extends OfficeRequestName>(name: Name, data: OfficeData<Name>): Promise<OfficeAnswer<Name>>
  close(): void
}

/** A box may take that long before it says that it cannot. */
const patience: Partial<Record<OfficeRequestName, number>> = {
  'store-command': 160_000,
  'programme-dry-run': 120_000,
  report: 60_000,
}

export function openOffice(): Office {
  const wire = createWire({ access })
  const stores = createLiveStores(browserMoments)
  const club = signal<LiveClub>()
  const alarms = signal<LiveAlarms>()
  const name = session.value?.club ?? ''
  const live = liveTopics(name)

  wire.subscribe(live.stores, ({ payload }) => {
    const state = payload as LiveStore | undefined
    if (state !== undefined) stores.told(state)
  })
  wire.subscribe(live.club, ({ payload }) => {
    club.value = payload as LiveClub | undefined
  })
  wire.subscribe(live.alarms, ({ payload }) => {
    alarms.value = payload as LiveAlarms | undefined
  })

  return {
    wire,
    stores,
    club,
    alarms,
    async ask(request, data) {
      const topics = officeTopics(name, session.value?.session ?? '')
      let response: OfficeResponse
      try {
        response = (await wire.ask({
          topic: topics.request(request),
          answers: topics.responses,
          body: { requestid: crypto.randomUUID(), data },
          patienceMs: patience[request] ?? 15_000,
        })) as OfficeResponse
      } catch (error) {
        if (!(error instanceof WireProblem)) throw error
        throw new OfficeProblem({ key: error.key, title: error.key === 'offline' ? sharedWords.offline : sharedWords.noAnswer })
      }
      if (response.status === 'ok') return response.data as never
      throw new RequestProblem(response.error, response.error.problems ?? [])
    },
    close() {
      stores.close()
      wire.close()
    },
  }
}
