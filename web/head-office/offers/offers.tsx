import { say } from '../../shared/language.ts'
import { ScreenHead } from '../parts/screen.tsx'
import { ReportDesk } from '../reports/report-desk.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

/** How offers are met, what they cost and what comes back. */
export function Offers() {
  return (
    <>
      <ScreenHead title={say(frameWords.offers)} line={say(words.line)} />
      <ReportDesk name="offers" title={words.title} months={1} />
    </>
  )
}
