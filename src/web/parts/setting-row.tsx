import type { JSX } from "preact";
import type { ParameterSpec } from "../../core/settings.js";
import { digits, share, unitOf } from "../format.js";

/** One setting: the value large, the limits it lies in, and what it is about to become. */
export function SettingRow(props: {
  readonly spec: ParameterSpec;
  readonly current: number | null;
  readonly proposed: number | null;
}): JSX.Element {
  const { spec, current, proposed } = props;
  const place = (value: number): string => `${(100 * share(spec, value)).toFixed(1)}%`;
  const changes = current !== null && proposed !== null && digits(current) !== digits(proposed);
  const main = proposed ?? current;
  return (
    <div class="setting">
      <span class="label">{spec.label}</span>
      <span class="value">
        {changes && current !== null && (
          <span class="was" title="now">
            {digits(current)} →{" "}
          </span>
        )}
        <b>{main === null ? "–" : digits(main)}</b> <small>{unitOf(spec.unit)}</small>
      </span>
      <span class="range" title={`limits ${digits(spec.min)} to ${digits(spec.max)} ${unitOf(spec.unit)}`}>
        <small>{digits(spec.min)}</small>
        <span class="track" aria-hidden="true">
          {current !== null && <i class="now" style={{ left: place(current) }} />}
          {proposed !== null && <i class="next" style={{ left: place(proposed) }} />}
        </span>
        <small>{digits(spec.max)}</small>
      </span>
    </div>
  );
}
