import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import { count, dayOfYear, moneyShown, plainMoney } from '../../shared/figures.ts'
import { language, say } from '../../shared/language.ts'
import { theme } from '../../shared/theme.ts'
import { heightOf, isFigure, type ReportAnswer, type ReportColumn, shownCell } from './cells.ts'
import { words } from './words.ts'
import './chart.css'

const height = 260

interface ChartProps {
  report: ReportAnswer
  /** The columns whose figures are drawn, of one kind. */
  drawn: readonly ReportColumn[]
}

/** Lines over time, bars over everything else. It runs from the right where the page does; the table says the same. */
export function Chart({ report, drawn }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const named = report.columns.find((column) => !isFigure(column))
  const dark = theme.value
  const tongue = language.value
  useEffect(() => {
    let plot: uPlot | undefined
    let gone = false
    const draw = async () => {
      const [{ default: Plot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css'), document.fonts.ready])
      if (gone || !place.current || !named) return
      const xs = report.rows.map((_, index) => index)
      const data = [xs, ...drawn.map((column) => report.rows.map((row) => heightOf(row[column.key], column)))]
      plot = new Plot(
        optionsOf({ Plot, report, drawn, named, width: place.current.clientWidth }),
        data as uPlot.AlignedData,
        place.current,
      )
    }
    void draw()
    const resized = new ResizeObserver(([entry]) => entry && plot?.setSize({ width: entry.contentRect.width, height }))
    if (place.current) resized.observe(place.current)
    return () => {
      gone = true
      resized.disconnect()
      plot?.destroy()
    }
  }, [report, drawn, dark, tongue])
  return (
    <figure class="chart">
      <div ref={place} class="chart-place" role="img" aria-label={say(words.chartLabel, { title: say(report.title) })} />
      <figcaption>
        {drawn.map((column, index) => (
          <span key={column.key} class={`chart-key chart-key-${index + 1}`}>
            {say(column.title)}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function optionsOf(given: {
  Plot: typeof uPlot
  report: ReportAnswer
  drawn: readonly ReportColumn[]
  named: ReportColumn
  width: number
}): uPlot.Options {
  const { Plot, report, drawn, named, width } = given
  const style = getComputedStyle(document.documentElement)
  /** light-dark() is resolved by the browser on an element, not in a custom property. */
  const probe = document.createElement('span')
  document.body.append(probe)
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const rtl = document.documentElement.dir === 'rtl'
  const bars = named.kind !== 'day'
  const font = `12px ${style.getPropertyValue('--font')}`
  const ink = colour('ink-faint')
  const line = colour('line')
  const series = drawn.map((column, index): uPlot.Series => {
    const stroke = colour(`series-${index + 1}`)
    return {
      label: say(column.title),
      stroke,
      width: 2,
      points: { show: report.rows.length < 3 },
      ...(bars && Plot.paths.bars
        ? { paths: Plot.paths.bars({ size: [0.62, 40], align: 0 }), fill: stroke, points: { show: false } }
        : {}),
    }
  })
  probe.remove()
  const first = drawn[0]
  const label = (value: number) => (first?.kind === 'money' ? shortMoney(value) : count(value))
  const name = (index: number) => {
    const cell = report.rows[index]?.[named.key]
    if (cell === undefined) return ''
    if (named.kind === 'day' && typeof cell === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(cell)) return dayOfYear(cell)
    const text = report.columns
      .filter((column) => !isFigure(column) && column.key !== 'currency')
      .map((column) => shownCell(report.rows[index]?.[column.key], column))
      .join(' / ')
    return text.length > 18 ? `${text.slice(0, 17)}…` : text
  }
  /** As many names as stand beside one another without touching. */
  const every = Math.max(1, Math.ceil((report.rows.length * 84) / Math.max(1, width - 80)))
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 12, 0, 12],
    scales: {
      x: { time: false, dir: rtl ? -1 : 1, range: [-0.5, Math.max(0.5, report.rows.length - 0.5)] },
      y: { range: (_, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * 1.08] },
    },
    series: [{}, ...series],
    axes: [
      {
        stroke: ink,
        font,
        grid: { show: false },
        ticks: { stroke: line, size: 4 },
        splits: () => report.rows.map((_, index) => index).filter((index) => index % every === 0),
        values: (_, splits) => splits.map(name),
        size: 32,
      },
      {
        side: rtl ? 1 : 3,
        stroke: ink,
        font,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map((one) => (one === 0 ? count(0) : label(one))),
        size: 86,
      },
    ],
  }
}

/** «۱۲٫۵ میلیون» on an axis, in the unit that the club shows. */
function shortMoney(amount: number): string {
  const million = amount / (moneyShown.value === 'toman' ? 10_000_000 : 1_000_000)
  if (Math.abs(million) < 1) return plainMoney(amount)
  const figure = count(Math.round(million * 10) / 10)
  return language.value === 'fa' ? `${figure} میلیون` : `${figure} M`
}
