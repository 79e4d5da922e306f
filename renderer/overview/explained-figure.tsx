/** A figure with its formula in words: shown under the pointer and on focus, and read out with it. */
import { useRef } from 'react'
import { Button } from 'react-aria-components/Button'
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip'

export function ExplainedFigure({ value, unit, how }: { readonly value: string; readonly unit: string; readonly how: string }) {
  // Inside the page and not at the end of the document, where it would belong to no landmark.
  const place = useRef<HTMLElement>(null)
  return (
    <div>
      <dt>{unit}</dt>
      <dd ref={place}>
        <TooltipTrigger delay={300} closeDelay={100}>
          <Button className="explained" aria-label={`${value} ${unit}`}>
            {value}
          </Button>
          <Tooltip className="tooltip" placement="bottom" offset={6} {...(place.current ? { UNSTABLE_portalContainer: place.current } : {})}>
            {how}
          </Tooltip>
        </TooltipTrigger>
      </dd>
    </div>
  )
}
