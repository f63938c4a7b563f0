import type { ReadonlySignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { LiveStore } from '#protocol/head-office/live.ts'
import type { OfficeStore } from '#protocol/head-office/stores.ts'
import { count, plainMoney } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { amountTitle } from '../parts/amount.tsx'
import { addressOf } from '../routes.ts'
import { useRowsInSight } from './rows-in-sight.ts'
import { Standing } from './standing.tsx'
import { toneOf } from './tone.ts'
import { words } from './words.ts'

export interface StoreRow {
  store: OfficeStore
  live: ReadonlySignal<LiveStore | undefined>
}

/** All stores, one row each; a row is drawn again only when its own store has something new, those in sight first. */
export function StoreList({ rows }: { rows: readonly StoreRow[] }) {
  const table = useRef<HTMLTableElement>(null)
  useRowsInSight(
    table,
    rows.map(({ store }) => store.store),
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
    <section class="table-scroll" tabIndex={0} aria-label={say(words.stores)}>
      <table class="table now-stores" ref={table}>
        <caption class="for-readers">{say(words.stores)}</caption>
        <thead>
          <tr>
            <th scope="col">{say(words.store)}</th>
            <th scope="col">{say(words.status)}</th>
            <th scope="col" class="table-minor">
              {say(words.devices)}
            </th>
            <th scope="col" class="table-figure">
              {say(words.backlog)}
            </th>
            <th scope="col" class="table-figure table-minor">
              {say(words.taps)}
            </th>
            <th scope="col" class="table-figure">
              {amountTitle(words.paid)}
            </th>
            <th scope="col" class="table-figure table-minor">
              {amountTitle(words.issued)}
            </th>
            <th scope="col" class="table-figure table-minor">
              {say(words.programme)}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.store.store} {...row} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ store, live }: StoreRow) {
  const now = live.value
  return (
    <tr
      data-store={store.store}
      data-status={now?.status ?? 'unknown'}
      data-at={now?.at}
      class={toneOf(now) === 'idle' ? 'now-away' : undefined}
    >
      <td>
        <a href={addressOf('store', store.store)}>{say(store.name)}</a> <bdi class="code faint">{store.store}</bdi>
      </td>
      <td>
        <Standing live={now} />
      </td>
      <td class="table-minor">{now && <Devices devices={now.devices} />}</td>
      <td class={`table-figure${(now?.backlog.count ?? 0) > 0 ? ' now-backlog' : ''}`}>{now ? count(now.backlog.count) : ''}</td>
      <td class="table-figure table-minor">{now ? count(now.tapsPerMinute) : ''}</td>
      <td class="table-figure">{now ? plainMoney(now.paid) : ''}</td>
      <td class="table-figure table-minor">{now ? plainMoney(now.creditIssued) : ''}</td>
      <td class="table-figure table-minor">{now?.programme === undefined ? '' : count(now.programme)}</td>
    </tr>
  )
}

function Devices({ devices }: { devices: LiveStore['devices'] }) {
  return (
    <span class="now-devices">
      {devices.ready > 0 && <span>{say(words.ready, { count: count(devices.ready) })}</span>}
      {devices.degraded > 0 && <span class="now-degraded">{say(words.degraded, { count: count(devices.degraded) })}</span>}
      {devices.absent > 0 && <span class="now-absent">{say(words.absent, { count: count(devices.absent) })}</span>}
    </span>
  )
}
