import { useState } from 'preact/hooks'
import { officeErrorTitle } from '#protocol/head-office/errors.ts'
import type { AuditEntry } from '#protocol/head-office/office.ts'
import { Badge } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { DateRangeField } from '../../shared/date-range.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { SelectField, TextField } from '../../shared/field.tsx'
import { count, instant, shortInstant } from '../../shared/figures.ts'
import { dayInIran, presetRange } from '../../shared/jalali-month.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { useAnswer } from '../asking.ts'
import { Answered, Facts, Panel, ScreenHead } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { isoRange } from './range.ts'
import { actions, words } from './words.ts'

const page = 50

export const actionName = (what: string): string => (what in actions ? say(actions[what as keyof typeof actions]) : what)

/** Every change, with what was before and after. */
export function Audit() {
  const [range, setRange] = useState(() => presetRange('last30', dayInIran(Date.now())))
  const [actor, setActor] = useState('')
  const [what, setWhat] = useState('')
  const [asking, setAsking] = useState<{ actor?: string; what?: string }>({})
  const [before, setBefore] = useState<number>()
  const [open, setOpen] = useState<AuditEntry>()
  const asked = useAnswer('audit', { ...asking, ...isoRange(range), ...(before === undefined ? {} : { before }), limit: page })
  return (
    <>
      <ScreenHead title={say(frameWords.audit)} line={say(words.line)} />
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault()
          setBefore(undefined)
          setAsking({ ...(actor.trim() === '' ? {} : { actor: actor.trim() }), ...(what === '' ? {} : { what }) })
        }}
      >
        <DateRangeField
          value={range}
          onChange={(chosen) => {
            setBefore(undefined)
            setRange(chosen)
          }}
        />
        <TextField label={say(words.find)} value={actor} onInput={setActor} code />
        <SelectField
          label={say(words.findWhat)}
          value={what}
          choices={[{ value: '', text: '–' }, ...Object.entries(actions).map(([value, text]) => ({ value, text: say(text) }))]}
          onChange={setWhat}
        />
        <Button submits>{say(words.show)}</Button>
      </form>
      <Panel>
        <Answered asked={asked}>
          {({ entries }) => (
            <>
              {entries.length === 0 ? <Empty title={say(words.none)} /> : <Entries entries={entries} onOpen={setOpen} />}
              {(entries.length === page || before !== undefined) && (
                <div class="row">
                  {before !== undefined && <Button onPress={() => setBefore(undefined)}>{say(words.newest)}</Button>}
                  {entries.length === page && <Button onPress={() => setBefore(entries.at(-1)?.seq)}>{say(words.older)}</Button>}
                </div>
              )}
            </>
          )}
        </Answered>
      </Panel>
      {open && <EntryDialog entry={open} onClose={() => setOpen(undefined)} />}
    </>
  )
}

function Entries({ entries, onOpen }: { entries: readonly AuditEntry[]; onOpen: (entry: AuditEntry) => void }) {
  return (
    <Table
      caption={say(frameWords.audit)}
      rows={entries}
      keyOf={({ seq }) => String(seq)}
      columns={[
        { key: 'at', title: say(frameWords.when), cell: (one) => shortInstant(one.at) },
        { key: 'actor', title: say(words.actor), cell: (one) => <bdi>{one.actor}</bdi> },
        { key: 'what', title: say(words.what), cell: (one) => actionName(one.what) },
        {
          key: 'subject',
          title: say(words.subject),
          minor: true,
          cell: (one) => (one.subject === '' ? '' : <Code>{one.subject}</Code>),
        },
        { key: 'result', title: say(words.result), minor: true, cell: (one) => <Result result={one.result} /> },
        {
          key: 'details',
          title: say(frameWords.act),
          figure: true,
          cell: (one) => (
            <Button look="plain" onPress={() => onOpen(one)}>
              {say(words.details)}
            </Button>
          ),
        },
      ]}
    />
  )
}

function Result({ result }: { result: string }) {
  if (result === 'ok') return <Badge tone="good">{say(words.ok)}</Badge>
  if (result === 'proposed') return <Badge tone="warn">{say(words.proposed)}</Badge>
  return <Badge tone="bad">{say(officeErrorTitle(result))}</Badge>
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  return (
    <Dialog title={say(words.entry, { seq: count(entry.seq) })} onClose={onClose} wide>
      <Facts
        rows={[
          [say(frameWords.when), instant(entry.at)],
          [say(words.actor), <bdi>{entry.actor}</bdi>],
          [say(words.what), actionName(entry.what)],
          [say(words.subject), <Code>{entry.subject}</Code>],
          [say(words.result), <Result result={entry.result} />],
        ]}
      />
      <Contents name={say(words.asked)} value={entry.data} />
      <Contents name={say(words.before)} value={entry.before} />
      <Contents name={say(words.after)} value={entry.after} />
    </Dialog>
  )
}

function Contents({ name, value }: { name: string; value: unknown }) {
  if (value === undefined || value === null) return null
  return (
    <div>
      <h3>{name}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard */}
      <section class="code-view" tabIndex={0} aria-label={name}>
        <pre dir="ltr">{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
      </section>
    </div>
  )
}
