/**
 * A picture for a thermal printer. One bit a dot, rows of `width / 8` bytes, the leftmost dot in the highest bit,
 * 1 = black. `width` (dots) is a multiple of 8; `data.length` is `width / 8 × height`.
 */
export interface Bitmap {
  width: number
  height: number
  data: Uint8Array
}
