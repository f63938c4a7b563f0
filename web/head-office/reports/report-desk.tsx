import { useState } from 'preact/hooks'
import type { Localised } from '#protocol/text.ts'
import { DateRangeField } from '../../shared/date-range.tsx'
import { SelectField } from '../../shared/field.tsx'
import { addMonths, dayInIran, firstDayOf, isoDay, monthOf, presetRange } from '../../shared/jalali-month.ts'
import { say } from '../../shared/language.ts'
import { useAnswer, useDoing } from '../asking.ts'
import { Answered, Panel, ProblemNote } from '../parts/screen.tsx'
import { session } from '../session.ts'
import { words as frameWords } from '../words.ts'
import { CsvButton, ReportView, saveCsv } from './report-view.tsx'
import { words } from './words.ts'
import './reports.css'

type By = 'day' | 'week' | 'month'
/** Reports of which the rows are stretches of time. */
const overTime = new Set(['sales', 'credit', 'visits'])
const lists = new Set(['products', 'members'])

interface ReportDeskProps {
  name: string
  title: Localised
  /** How far back it goes by itself, in Jalali months; 0: it has no period. */
  months: number
}

/** One report with its filters. */
export function ReportDesk({ name, title, months }: ReportDeskProps) {
  const stores = useAnswer('stores', {})
  const bound = (session.value?.user.stores.length ?? 0) > 0
  const [range, setRange] = useState(() => initialRange(months))
  const [store, setStore] = useState(bound ? (session.value?.user.stores[0] ?? '') : '')
  const [by, setBy] = useState<By>('day')
  const [top, setTop] = useState('20')
  const asking = {
    name,
    ...(months === 0 ? {} : range),
    ...(store === '' ? {} : { store }),
    ...(overTime.has(name) ? { by } : {}),
    ...(lists.has(name) ? { top: Number(top) } : {}),
  }
  const asked = useAnswer('report', asking)
  const file = useDoing()
  async function save() {
    const answer = await file.act('report', { ...asking, csv: true })
    if (answer) saveCsv(name, answer)
  }
  return (
    <>
      <div class="filters">
        {months > 0 && <DateRangeField value={range} onChange={setRange} />}
        <SelectField
          label={say(words.store)}
          value={store}
          choices={[
            ...(bound ? [] : [{ value: '', text: say(frameWords.whole) }]),
            ...(stores.answer?.stores ?? []).map((one) => ({ value: one.store, text: say(one.name) })),
          ]}
          onChange={setStore}
        />
        {overTime.has(name) && (
          <SelectField
            label={say(words.by)}
            value={by}
            choices={(['day', 'week', 'month'] as const).map((value) => ({ value, text: say(words[value]) }))}
            onChange={setBy}
          />
        )}
        {lists.has(name) && (
          <SelectField
            label={say(words.top)}
            value={top}
            choices={['20', '50', '100', '500'].map((value) => ({
              value,
              text: Number(value).toLocaleString(say({ fa: 'fa-IR', en: 'en-GB' })),
            }))}
            onChange={setTop}
          />
        )}
        <CsvButton busy={file.busy} onPress={() => void save()} />
      </div>
      {file.problem && <ProblemNote problem={file.problem} />}
      <Panel title={say(title)}>
        <Answered asked={asked}>{(report) => <ReportView report={report} />}</Answered>
      </Panel>
    </>
  )
}

/** As far back as the report goes by itself: whole Jalali months, this one included. */
function initialRange(months: number) {
  const today = dayInIran(Date.now())
  if (months <= 1) return presetRange('last30', today)
  return { from: isoDay(firstDayOf(addMonths(monthOf(today, 'jalali'), 1 - months), 'jalali')), to: isoDay(today) }
}
