/** The part of the npm package `escpos` (3.0.0-alpha.6, without types of its own) that is right and is used. */
declare module 'escpos' {
  export interface Raster {
    /** In bytes a row. */
    width: number
    /** In rows. */
    height: number
    data: Buffer
  }

  export class Image {
    constructor(pixels: { data: ArrayLike<number>; shape: [width: number, height: number, colours: number] })
    toRaster(): Raster
  }

  export class Printer {
    constructor(adapter: { write(data: Buffer): void })
    hardware(what: 'init'): this
    align(side: 'lt' | 'ct' | 'rt'): this
    feed(lines: number): this
    raster(image: Image): this
    raw(bytes: Buffer): this
    /** Hands the bytes to the adapter; they are valid until the printer's next call. */
    flush(): this
  }

  const escpos: { Printer: typeof Printer; Image: typeof Image }
  export default escpos
}
