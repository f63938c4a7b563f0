import { describe, expect, test } from 'vitest'
import { tillResponse } from '#protocol/lane.ts'
import { scanned } from './scanned.ts'

const catalogue = (...codes: string[]) => new Map(codes.map((product) => [product, { product, name: { fa: 'شیر', en: 'Milk' } }]))

describe('a product that the lane’s scanner read', () => {
  test.each(['036000291452', '0036000291452', '00036000291452'])('is found where the chain writes it %s', (product) => {
    const response = scanned({ is: 'product', code: '036000291452', gtin: '00036000291452' }, catalogue(product))
    expect(response).toMatchObject({ op: 'scanned', product, name: { fa: 'شیر', en: 'Milk' }, code: '036000291452' })
    expect(tillResponse.parse(response)).toEqual(response)
  })

  test('goes to the till as it is where the chain does not know it, and a coupon is no product', () => {
    expect(scanned({ is: 'product', code: '96385074', gtin: '00000096385074' }, catalogue('1'))).toEqual({
      op: 'scanned',
      is: 'product',
      code: '96385074',
      gtin: '00000096385074',
    })
    expect(scanned({ is: 'coupon', code: '99' }, catalogue('99'))).toEqual({ op: 'scanned', is: 'coupon', code: '99' })
  })
})
