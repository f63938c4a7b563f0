/** Report descriptors as real devices have them, byte by byte; the parser of drivers/hid is tried on them. */
const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (byte) => Number.parseInt(byte, 16))

/**
 * A scanner in HID POS mode: report 2 with a byte count, the three characters of the AIM identifier, 56 bytes of data
 * and the bit that says that the code goes on (HID Point of Sale Usage Tables 1.02).
 */
export const hidPosDescriptor = hex(`
  05 8C 09 02 A1 01
    09 12 A1 02
      85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02
      95 03 05 8C 09 FB 09 FC 09 FD 81 02
      95 38 09 FE 82 02 01
      25 01 75 01 95 01 09 FF 81 02
      75 07 81 03
    C0
    09 14 A1 02
      85 04 15 00 25 01 75 01 95 01 09 61 91 02
      75 07 91 03
    C0
  C0`)
export const hidPosDataBytes = 56

/** A boot keyboard (HID 1.11, appendix B.1): eight modifiers, a reserved byte, six keys; five lights as output. */
export const keyboardDescriptor = hex(`
  05 01 09 06 A1 01
    05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02
    95 01 75 08 81 03
    95 05 75 01 05 08 19 01 29 05 91 02
    95 01 75 03 91 03
    95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00
  C0`)

/** The same as report 1 of a device that has others too. */
export const numberedKeyboardDescriptor = hex(`
  05 01 09 06 A1 01
    85 01
    05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02
    95 01 75 08 81 03
    95 06 75 08 15 00 26 FF 00 05 07 19 00 2A FF 00 81 00
  C0
  05 0C 09 01 A1 01
    85 02 15 00 26 FF 03 19 00 2A FF 03 75 10 95 01 81 00
  C0`)

/** A card reader by the vendor's page that MagTek made a habit: statuses, lengths, encode type, then 110 bytes a track. */
export const magtekDescriptor = hex(`
  06 00 FF 09 01 A1 01
    15 00 26 FF 00 75 08
    09 20 09 21 09 22 09 28 09 29 09 2A 09 38 95 07 81 02
    09 30 95 6E 82 02 01
    09 31 95 6E 82 02 01
    09 32 95 6E 82 02 01
    09 20 95 18 B2 02 01
  C0`)

/** A card reader by the standard's own page 0x8E: the length of each track, then its data. */
export const msrDescriptor = hex(`
  05 8E 09 01 A1 01
    85 01 15 00 26 FF 00 75 08
    09 11 09 12 09 13 95 03 81 02
    09 21 95 4F 82 02 01
    09 22 95 28 82 02 01
    09 23 95 6B 82 02 01
  C0`)
