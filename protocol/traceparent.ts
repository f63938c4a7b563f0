/** Where a span stands: its trace, and itself. Lower-case hexadecimal, 32 and 16 digits. */
export interface SpanContext {
  traceid: string
  spanid: string
}

/** W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/, 3.2): what is sent is always sampled. */
export const traceparentOf = ({ traceid, spanid }: SpanContext): string => `00-${traceid}-${spanid}-01`

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Undefined for what is none, for one that its sender did not sample, and for the zeroes that stand for none (3.2.2). */
export function parseTraceparent(text: string): SpanContext | undefined {
  const [, version, traceid = '', spanid = '', flags = '', more] = form.exec(text) ?? []
  // Later versions may say more behind; this one may not (3.2.4).
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceid) || /^0+$/.test(spanid) || (Number.parseInt(flags, 16) & 1) === 0) return undefined
  return { traceid, spanid }
}
