import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { count, day, dayOfYear } from './figures.ts'
import {
  addMonths,
  type DateRange,
  dayInIran,
  dayNumberOf,
  dayOfMonth,
  firstDayOf,
  isoDay,
  type Month,
  monthOf,
  type Preset,
  presetRange,
  weeksOf,
} from './jalali-month.ts'
import { language, say } from './language.ts'
import { words } from './words.ts'
import './date-range.css'

const presets = ['today', 'last7', 'last30', 'thisMonth', 'lastMonth', 'thisYear'] as const satisfies Preset[]

const calendarOf = () => (language.value === 'fa' ? 'jalali' : 'gregorian')

/** A button that says the range, and below it the calendar of the page's language to choose another. */
export function DateRangeField({ value, onChange }: { value: DateRange; onChange: (range: DateRange) => void }) {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const leave = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !box.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', leave)
    document.addEventListener('keydown', leave)
    return () => {
      document.removeEventListener('pointerdown', leave)
      document.removeEventListener('keydown', leave)
    }
  }, [open])
  return (
    <div class="date-range" ref={box}>
      <span class="field-label">{say(words.range)}</span>
      <Button icon="calendar" expanded={open} onPress={() => setOpen(!open)}>
        {value.from === value.to ? day(value.to) : `${day(value.from)} – ${day(value.to)}`}
      </Button>
      {open && (
        <RangeCalendar
          value={value}
          onChange={(range) => {
            onChange(range)
            setOpen(false)
          }}
        />
      )}
    </div>
  )
}

function RangeCalendar({ value, onChange }: { value: DateRange; onChange: (range: DateRange) => void }) {
  const calendar = calendarOf()
  const today = dayInIran(Date.now())
  const [month, setMonth] = useState<Month>(() => monthOf(dayNumberOf(value.to) ?? today, calendar))
  const [first, setFirst] = useState<number>()
  const from = first ?? dayNumberOf(value.from) ?? today
  const to = first ?? dayNumberOf(value.to) ?? today

  function choose(chosen: number) {
    if (first === undefined) return setFirst(chosen)
    onChange({ from: isoDay(Math.min(first, chosen)), to: isoDay(Math.max(first, chosen)) })
  }

  return (
    <div class="date-range-panel" role="dialog" aria-label={say(words.range)}>
      <ul class="date-range-presets">
        {presets.map((preset) => (
          <li key={preset}>
            <Button look="plain" onPress={() => onChange(presetRange(preset, today))}>
              {say(words[preset])}
            </Button>
          </li>
        ))}
      </ul>
      <div>
        <div class="date-range-head">
          <Button look="plain" icon="back" label={say(words.monthBefore)} onPress={() => setMonth(addMonths(month, -1))} />
          <strong aria-live="polite">{monthTitle(month, calendar)}</strong>
          <Button look="plain" icon="next" label={say(words.monthAfter)} onPress={() => setMonth(addMonths(month, 1))} />
        </div>
        <table class="date-range-days">
          <thead>
            <tr>
              {weekdayNames().map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeksOf(month, calendar).map((week, i) => (
              <tr key={i}>
                {week.map((one, weekday) => (
                  <td key={weekday}>
                    {one !== undefined && (
                      <button
                        type="button"
                        class={`date-range-day${one === today ? ' date-range-today' : ''}`}
                        aria-label={dayOfYear(isoDay(one))}
                        aria-pressed={one >= from && one <= to}
                        disabled={one > today}
                        onClick={() => choose(one)}
                      >
                        {count(dayOfMonth(one, calendar))}
                      </button>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <p class="field-hint">{say(first === undefined ? words.chooseFirst : words.chooseLast)}</p>
      </div>
    </div>
  )
}

function monthTitle(month: Month, calendar: 'jalali' | 'gregorian'): string {
  const locale = calendar === 'jalali' ? 'fa-IR-u-ca-persian-nu-arabext' : 'en-GB'
  const first = new Date(`${isoDay(firstDayOf(month, calendar))}T00:00:00Z`)
  return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(first)
}

/** Saturday first: 3 January 1970 was one. */
function weekdayNames(): string[] {
  const format = new Intl.DateTimeFormat(language.value === 'fa' ? 'fa-IR' : 'en-GB', {
    weekday: language.value === 'fa' ? 'narrow' : 'short',
    timeZone: 'UTC',
  })
  return Array.from({ length: 7 }, (_, i) => format.format(new Date((2 + i) * 86_400_000)))
}
