import packageJson from '#package' with { type: 'json' }
import type { TillResponse } from '#protocol/lane.ts'
import type { Language } from '#protocol/text.ts'
import type { PrinterStatus } from '../contract.ts'
import { answerOf, type LaneLine } from './lane-line.ts'
import type { Fault } from './mapping.ts'
import { blocksOf, displayLinesOf } from './outputs.ts'
import type { RequestBody } from './requests.ts'
import { conditionOf, errorDetails, failure, type ResponseBody, silent, success, type Verdict } from './responses.ts'

/** What is no transaction: who works here, how the box is, and what it is to print and show. */

/** How the devices of the lane are, as far as they have said so. */
export interface Condition {
  busy: boolean
  uplink: 'online' | 'offline' | undefined
  printer: PrinterStatus | undefined
}

export const printerWord = ({ online, cover, paper, cutter }: PrinterStatus): string => {
  if (!online || cover === 'open' || cutter === 'error') return 'OutOfOrder'
  return paper === 'end' ? 'NoPaper' : paper === 'near-end' ? 'PaperLow' : 'OK'
}

export const poiStatus = ({ busy, uplink, printer }: Condition) => ({
  GlobalStatus: busy ? 'Busy' : 'OK',
  ...(uplink === undefined ? {} : { CommunicationOKFlag: uplink === 'online' }),
  ...(printer === undefined ? {} : { PrinterStatus: printerWord(printer) }),
})

/** What the box is, as a till that logs in is told. */
export const systemData = (options: { at: string; serial: string; condition: Condition }) => ({
  DateTime: options.at,
  POISoftware: {
    ManufacturerID: 'Vafa',
    ApplicationName: 'Vafa',
    SoftwareVersion: packageJson.version,
    CertificationCode: 'none',
  },
  POITerminalData: {
    TerminalEnvironment: 'Attended',
    POICapabilities: ['EMVContactless', 'PrinterReceipt', 'PrinterDocument', 'CustomerDisplay'],
    POISerialNumber: options.serial,
  },
  POIStatus: poiStatus(options.condition),
})

const isFault = (value: object): value is Fault => 'fault' in value
const verdictOn = (answers: readonly TillResponse[], done: TillResponse['op'], language: Language): Verdict => {
  if (answers.some(({ op }) => op === done)) return success()
  const error = answerOf(answers, 'error')?.error
  return error ? failure(conditionOf(error.key), errorDetails(error, language)) : silent()
}

/** Prints on the lane's own printer; undefined where the till wants no answer. */
export async function print(body: RequestBody<'Print'>, line: LaneLine, language: Language): Promise<ResponseBody | undefined> {
  const { DocumentQualifier, ResponseMode, OutputContent } = body.PrintOutput
  const blocks = blocksOf(OutputContent)
  if (isFault(blocks)) return { DocumentQualifier, Response: failure('NotAllowed', blocks.fault) }
  const printed = line.ask({ op: 'print', blocks }, 'printed')
  if (ResponseMode === 'NotRequired') return undefined
  // `Immediate` asks whether it was taken; the lane can only say whether it was printed, which takes a second or two.
  return { DocumentQualifier, Response: verdictOn(await printed, 'printed', language) }
}

/** Shows what is for the customer on the lane's display. The box has none for the cashier. */
export async function display(
  body: RequestBody<'Display'>,
  line: LaneLine,
  language: Language,
): Promise<ResponseBody | undefined> {
  const results = await Promise.all(
    body.DisplayOutput.map(async (output) => {
      const { Device, InfoQualify } = output
      const result = (Response: Verdict) => ({ Device, InfoQualify, Response })
      if (Device !== 'CustomerDisplay') return result(failure('UnavailableDevice', `the box has no ${Device}`))
      const lines = displayLinesOf(output)
      if (isFault(lines)) return result(failure('NotAllowed', lines.fault))
      return result(verdictOn(await line.ask({ op: 'show', lines }, 'shown'), 'shown', language))
    }),
  )
  return body.DisplayOutput.some(({ ResponseRequiredFlag }) => ResponseRequiredFlag) ? { OutputResult: results } : undefined
}
