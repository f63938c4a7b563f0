import { codecPart } from './codecs.ts'
import type { DevicePart } from './figures.ts'
import { idlePart } from './idle.ts'
import { terminalsPart } from './terminals.ts'
import { tillPrintPart } from './till-print.ts'

/** What `vafa bench devices` measures, in this order; a kind of device adds its part here. */
export const deviceParts: readonly DevicePart[] = [codecPart, terminalsPart, tillPrintPart, idlePart]
