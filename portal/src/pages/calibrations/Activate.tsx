/** From when to when a version holds; then what is stored may follow. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Profile, Sensor } from "../../api/types.ts";
import { zone } from "../../settings.ts";
import { fromClock, HOUR, parseTime, wallText } from "../../times.ts";
import { Segments } from "../../ui/buttons.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { Lanes } from "../../ui/Lanes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { roundPeriod } from "../backfills/scope.ts";
import {
  activationBody,
  type HeldPiece,
  type Holding,
  isFromTheBeginning,
  lanesOf,
  measured,
} from "./timeline.ts";

type From = "now" | "always" | "time";

export function Activate(props: {
  sensor: Sensor;
  profile: Profile;
  onClose: () => void;
  onDone: (holding: Holding) => void;
}) {
  const { sensor, profile } = props;
  const [from, setFrom] = useState<From>("now");
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const [nowUs] = useState(() => Date.now() * 1000);
  const read = (text: string) => fromClock(text.trim().replace(" ", "T"), zone.value);
  const startUs = read(start);
  const endUs = end ? read(end) : null;
  const holding: Holding = {
    fromUs: from === "always" ? null : from === "time" ? startUs : nowUs,
    toUs: endUs,
  };
  const pieces = useAsked(`timeline ${sensor.id}`, (signal) => {
    const params = { path: { sensor_id: sensor.id } };
    return ask(api.GET("/api/v1/sensors/{sensor_id}/timeline", { params, signal }));
  });
  const sending = useSending(
    async () => {
      const path = { profile_id: profile.id };
      const body = activationBody(holding);
      return ask(api.POST("/api/v1/conversion-profiles/{profile_id}:activate", { params: { path }, body }));
    },
    () => {
      props.onDone(holding);
      props.onClose();
    },
  );
  const take = (fromUs: number | null, toUs: number | null) => {
    setFrom(fromUs === null ? "always" : "time");
    setStart(fromUs === null ? "" : wallText(fromUs, zone.value));
    setEnd(toUs === null ? "" : wallText(toUs, zone.value));
  };
  const takePiece = (piece: HeldPiece) =>
    take(
      isFromTheBeginning(piece.valid_from) ? null : parseTime(piece.valid_from ?? ""),
      parseTime(piece.valid_to ?? ""),
    );
  const held = measured(pieces.data?.items ?? []);
  const isWrong = (from === "time" && startUs === null) || (end !== "" && endUs === null);
  const lanes = lanesOf(held, profile.number, holding).map((lane, place) =>
    lane.map((piece, at) => {
      const own = place === 0 ? held[at] : undefined;
      return own ? { ...piece, onPress: () => takePiece(own) } : piece;
    }),
  );
  const hint = `${zone.value === "utc" ? "UTC" : "Local time"}, such as 2026-11-26 10:00`;
  return (
    <FormDialog
      title={`Activate version ${profile.number}`}
      verb="Activate"
      sending={sending}
      onClose={props.onClose}
      isWide
    >
      {!isWrong && (
        <div class="field">
          <span class="label">
            {held.length ? "What holds, and below what is to hold" : "What is to hold"}
          </span>
          <Lanes
            label="Calibrations by time"
            lanes={lanes}
            leastUs={HOUR}
            onRange={(fromUs, toUs, shownUs) => {
              const chosen = roundPeriod(fromUs, toUs, shownUs);
              take(chosen.fromUs, chosen.toUs);
            }}
          />
          <span class="hint">Drag over the lanes for a range; press a version to take its range over.</span>
        </div>
      )}
      <div class="field">
        <span class="label">It holds from</span>
        <Segments
          label="From"
          value={from}
          choices={[
            ["now", "Now"],
            ["always", "Always"],
            ["time", "A time"],
          ]}
          onChange={setFrom}
        />
      </div>
      {from === "time" && (
        <TextField
          label="From"
          isRequired
          hint={hint}
          fault={
            start && startUs === null ? "That is no time" : (sending.problem?.faultOf("/valid_from") ?? null)
          }
          value={start}
          onInput={setStart}
        />
      )}
      <TextField
        label="Until"
        hint={`Empty: from then on. ${hint}`}
        fault={end && endUs === null ? "That is no time" : (sending.problem?.faultOf("/valid_to") ?? null)}
        value={end}
        onInput={setEnd}
      />
      <p class="muted">
        Readings that arrive are converted by it at once. What is stored keeps its values until a backfill.
      </p>
    </FormDialog>
  );
}
