import { useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { SelectField } from '../../shared/field.tsx'
import { say } from '../../shared/language.ts'
import { useAnswer } from '../asking.ts'
import { Answered, ScreenHead } from '../parts/screen.tsx'
import { goTo } from '../routes.ts'
import { words as frameWords } from '../words.ts'
import { ReportDesk } from './report-desk.tsx'
import { words } from './words.ts'

/** Those with a screen of their own. */
const elsewhere = new Set(['clearing', 'offers'])

/** All reports of the club; which one stands in the address. */
export function Reports({ of }: { of: string }) {
  const asked = useAnswer('reports', {})
  return <Answered asked={asked}>{({ reports }) => <Chosen reports={reports} of={of} />}</Answered>
}

function Chosen({ reports, of }: Pick<OfficeAnswer<'reports'>, 'reports'> & { of: string }) {
  const listed = reports.filter(({ name }) => !elsewhere.has(name))
  const report = listed.find(({ name }) => name === of) ?? listed[0]
  const [period] = useState(undefined)
  if (!report) return null
  return (
    <>
      <ScreenHead title={say(frameWords.reports)}>
        <SelectField
          label={say(words.report)}
          quiet
          value={report.name}
          choices={listed.map(({ name, title }) => ({ value: name, text: say(title) }))}
          onChange={(name) => goTo('reports', name)}
        />
      </ScreenHead>
      <ReportDesk key={`${report.name} ${period}`} name={report.name} title={report.title} months={report.months} />
    </>
  )
}
