import { useEffect, useState } from 'preact/hooks'
import type { LiveEvent } from '#protocol/head-office/live.ts'
import { liveTopics } from '#protocol/topics.ts'
import { Code } from '../../shared/code.tsx'
import { clock, money } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { useOffice } from '../asking.ts'
import { credentialName, eventName } from '../event-names.ts'
import { session } from '../session.ts'
import { words } from './words.ts'

/** The club tells a store's events for a minute after it was asked to. */
const askMs = 40_000
const kept = 60

export function Events({ store }: { store: string }) {
  const office = useOffice()
  const [events, setEvents] = useState<readonly LiveEvent[]>([])
  const online = office.wire.status.value === 'online'
  useEffect(() => {
    const topic = liveTopics(session.value?.club ?? '').events(store)
    return office.wire.subscribe(topic, ({ payload }) => {
      if (payload === undefined) return
      setEvents((before) => [payload as LiveEvent, ...before].slice(0, kept))
    })
  }, [office, store])
  useEffect(() => {
    if (!online) return
    // Whoever may not watch still sees the store; the list then says that it waits.
    const watch = () => void office.ask('watch-store', { store }).catch(() => undefined)
    watch()
    const timer = setInterval(watch, askMs)
    return () => clearInterval(timer)
  }, [office, store, online])
  if (events.length === 0) return <Empty title={say(words.noEvents)} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
    <section class="store-events" tabIndex={0} aria-label={say(words.events)}>
      <ol>
        {events.map((one) => (
          <li key={`${one.id} ${one.what}`} data-what={one.what}>
            <time dateTime={one.at}>{clock(one.at)}</time>
            <span>
              {eventName(one.what)}
              {one.credential !== undefined && <small> {credentialName(one.credential)}</small>}
              {one.reason !== undefined && <small dir="auto"> {one.reason}</small>}
            </span>
            <span class="store-event-amount">{one.amount === undefined ? '' : money(one.amount)}</span>
            <Code>{one.device ?? one.lane}</Code>
          </li>
        ))}
      </ol>
    </section>
  )
}
