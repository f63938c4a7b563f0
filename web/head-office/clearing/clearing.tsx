import { say } from '../../shared/language.ts'
import { ScreenHead } from '../parts/screen.tsx'
import { ReportDesk } from '../reports/report-desk.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

/** What stores owe each other for credit that one granted and another took. */
export function Clearing() {
  return (
    <>
      <ScreenHead title={say(frameWords.clearing)} line={say(words.line)} />
      <ReportDesk name="clearing" title={words.title} months={1} />
    </>
  )
}
