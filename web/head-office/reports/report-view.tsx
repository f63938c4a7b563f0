import { useMemo, useState } from 'preact/hooks'
import { Button } from '../../shared/button.tsx'
import { SelectField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { words as frameWords } from '../words.ts'
import { isFigure, type ReportAnswer, type ReportCell, type ReportColumn, shownCell, titleOf } from './cells.ts'
import { Chart } from './chart.tsx'
import { words } from './words.ts'

const orderOf = (cell: ReportCell): number | string => (typeof cell === 'object' ? cell.key : (cell ?? ''))

/** A report as chart and table; figures of one kind share a chart. */
export function ReportView({ report }: { report: ReportAnswer }) {
  const figures = report.columns.filter(isFigure)
  const [chosen, setChosen] = useState<string>()
  const kinds = useMemo(() => choicesOf(figures, report.columns.some(({ kind }) => kind === 'day') ? 3 : 1), [report])
  /** Money is what most look for. */
  const usual = (kinds.find(({ columns }) => columns[0]?.kind === 'money') ?? kinds[0])?.key
  const drawn = kinds.find(({ key }) => key === (chosen ?? usual))?.columns
  if (report.rows.length === 0) return <Empty title={say(words.empty)}>{say(words.emptyWay)}</Empty>
  return (
    <>
      {drawn && (
        <div>
          {kinds.length > 1 && (
            <div class="report-shown">
              <SelectField
                label={say(words.shown)}
                quiet
                value={chosen ?? usual ?? ''}
                choices={kinds.map(({ key, columns }) => ({
                  value: key,
                  text: columns.map(({ title }) => say(title)).join(say({ fa: '، ', en: ', ' })),
                }))}
                onChange={setChosen}
              />
            </div>
          )}
          <Chart report={report} drawn={drawn} />
        </div>
      )}
      <Table
        caption={say(report.title)}
        rows={report.rows}
        keyOf={(_, index) => String(index)}
        columns={report.columns.map((column, index) => ({
          key: column.key,
          title: titleOf(column),
          cell: (row: ReportAnswer['rows'][number]) =>
            isFigure(column) || index > 0 ? (
              shownCell(row[column.key], column)
            ) : (
              <bdi class={column.kind === 'day' ? 'nowrap' : undefined}>{shownCell(row[column.key], column)}</bdi>
            ),
          order: (row: ReportAnswer['rows'][number]) => orderOf(row[column.key]),
          ...(isFigure(column) ? { figure: true as const } : {}),
        }))}
        foot={report.total && <Total report={report} />}
      />
      {report.notes.length > 0 && (
        <ul class="faint">
          {report.notes.map((note) => (
            <li key={note.en}>{say(note)}</li>
          ))}
        </ul>
      )}
    </>
  )
}

function Total({ report }: { report: ReportAnswer }) {
  return (
    <tfoot>
      <tr>
        {report.columns.map((column, index) => (
          <td key={column.key} class={isFigure(column) ? 'table-figure' : undefined}>
            {index === 0 ? say(frameWords.total) : shownCell(report.total?.[column.key], column)}
          </td>
        ))}
      </tr>
    </tfoot>
  )
}

/** Columns that share a chart: of the same kind; `most`: lines can cross, bars would hide one another. */
function choicesOf(figures: readonly ReportColumn[], most: number): { key: string; columns: readonly ReportColumn[] }[] {
  const choices: { key: string; columns: ReportColumn[] }[] = []
  for (const column of figures) {
    const last = choices.at(-1)
    if (
      last &&
      last.columns[0]?.kind === column.kind &&
      last.columns.length < most &&
      column.kind === 'money' &&
      !/average|mean|per_/.test(column.key)
    )
      last.columns.push(column)
    else choices.push({ key: column.key, columns: [column] })
  }
  return choices
}

/** Offers the report as a file; the text comes from the club, as `vafa club report --format csv` writes it. */
export function saveCsv(name: string, report: ReportAnswer): void {
  const link = document.createElement('a')
  const url = URL.createObjectURL(new Blob([report.csv ?? ''], { type: 'text/csv;charset=utf-8' }))
  link.href = url
  link.download = `${name}-${report.from}-${report.to}.csv`
  link.click()
  URL.revokeObjectURL(url)
}

export const CsvButton = ({ busy, onPress }: { busy: boolean; onPress: () => void }) => (
  <Button icon="download" busy={busy} onPress={onPress}>
    {say(words.csv)}
  </Button>
)
