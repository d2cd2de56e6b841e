/** The unit of values in a file, where it is to be said: they are converted to the sensor's. */

export function UnitField(props: {
  of: string;
  /** What the file says by itself. */
  said: string | null | undefined;
  value: string;
  onInput: (unit: string) => void;
}) {
  return (
    <input
      class="unit-field"
      size={8}
      aria-label={`Unit of ${props.of} in the file`}
      title="Said here, values are converted to the sensor's unit; a new sensor gets it"
      placeholder={props.said ?? "as the sensor's"}
      value={props.value}
      onInput={(event) => props.onInput(event.currentTarget.value.trim())}
    />
  );
}
