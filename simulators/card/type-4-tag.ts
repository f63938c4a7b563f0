/** A tag that keeps its NDEF message in a file (NFC Forum Type 4 Tag 2.0), as phones and NTAG 424 DNA do. */
const application = 'd2760000850101'
const capabilityFile = 0xe103
const ndefFile = 0xe104
const atOnce = 0x80

const ok = Buffer.of(0x90, 0x00)
const notFound = Buffer.of(0x6a, 0x82)
const wrongOffset = Buffer.of(0x6b, 0x00)

/** Answers SELECT and READ BINARY; undefined: the APDU is none of those, or the tag's application is not selected. */
export function type4Tag(message: Buffer): (apdu: Buffer) => Buffer | undefined {
  const file = Buffer.concat([Buffer.alloc(2), message])
  file.writeUInt16BE(message.length)
  const capability = Buffer.from('000F200080007F0406E10408000000', 'hex')
  capability.writeUInt16BE(atOnce, 3)
  let in_: 'nothing' | 'application' = 'nothing'
  let selected: Buffer | undefined
  return (apdu) => {
    const head = apdu.subarray(0, 3).toString('hex')
    if (head === '00a404') {
      const named = apdu.subarray(5, 5 + (apdu[4] ?? 0)).toString('hex') === application
      in_ = named ? 'application' : 'nothing'
      selected = undefined
      return named ? ok : undefined
    }
    if (in_ === 'nothing') return undefined
    if (head === '00a400') {
      const id = apdu.length >= 7 ? apdu.readUInt16BE(5) : 0
      selected = id === capabilityFile ? capability : id === ndefFile ? file : undefined
      return selected ? ok : notFound
    }
    if (apdu.subarray(0, 2).toString('hex') !== '00b0') return undefined
    if (!selected) return notFound
    const from = apdu.readUInt16BE(2)
    if (from > selected.length) return wrongOffset
    return Buffer.concat([selected.subarray(from, from + Math.min(apdu[4] ?? 0, atOnce)), ok])
  }
}
