import { useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { count, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { useAnswer, useOffice } from '../asking.ts'
import { Amount } from '../parts/amount.tsx'
import { Answered, Figure, Figures, Panel, ScreenHead } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { StoresPanel } from './stores-panel.tsx'
import { words } from './words.ts'
import './now.css'

/** What happens in all stores at this moment. */
export function Now() {
  const office = useOffice()
  const asked = useAnswer('stores', {})
  const [view, setView] = useState<'list' | 'map'>('list')
  const stale = office.wire.status.value !== 'online'
  return (
    <div class={stale ? 'now now-stale' : 'now'}>
      <ScreenHead title={say(frameWords.now)} line={<StoreCounts />}>
        <Button icon="list" pressed={view === 'list'} onPress={() => setView('list')}>
          {say(words.list)}
        </Button>
        <Button icon="map" pressed={view === 'map'} onPress={() => setView('map')}>
          {say(words.map)}
        </Button>
      </ScreenHead>
      <ClubFigures />
      <Answered asked={asked}>{({ stores }) => <StoresPanel stores={stores} view={view} />}</Answered>
      <Alarms />
    </div>
  )
}

function StoreCounts() {
  const club = useOffice().club.value
  if (!club) return null
  const { online, offline, unknown } = club.stores
  return <>{say(words.line, { online: count(online), offline: count(offline + unknown) })}</>
}

function ClubFigures() {
  const club = useOffice().club.value
  if (!club) return null
  return (
    <Figures layout="now-figures">
      <Figure name={say(words.paid)}>
        <Amount of={club.paid} />
      </Figure>
      <Figure name={say(words.sales)}>{count(club.sales)}</Figure>
      <Figure name={say(words.taps)}>{count(club.tapsPerMinute)}</Figure>
      <Figure name={say(words.issued)}>
        <Amount of={club.creditIssued} />
      </Figure>
      <Figure name={say(words.used)}>
        <Amount of={club.creditUsed} />
      </Figure>
      <Figure name={say(words.backlog)} {...(club.backlog > 0 ? { tone: 'warn' as const } : {})}>
        {count(club.backlog)}
      </Figure>
      <Figure name={say(words.exposure)}>
        <Amount of={club.exposure} />
      </Figure>
      <Figure name={say(words.quarantined)} {...(club.quarantined > 0 ? { tone: 'bad' as const } : {})}>
        {count(club.quarantined)}
      </Figure>
    </Figures>
  )
}

function Alarms() {
  const told = useOffice().alarms.value
  if (!told) return null
  return (
    <Panel title={say(words.alarms)}>
      {told.alarms.length === 0 ? (
        <Empty title={say(words.noAlarms)} />
      ) : (
        <ol class="now-alarms">
          {told.alarms.slice(0, 20).map((one) => (
            <li key={`${one.at} ${one.ruleid} ${one.store ?? ''}`}>
              <time dateTime={one.at} class="faint">
                {shortInstant(one.at)}
              </time>
              <span>{say(one.text)}</span>
              {one.store !== undefined && <bdi class="code faint">{one.store}</bdi>}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
