/** The API's objects, by their names. The types are made from its OpenAPI document. */

import type { components } from "./openapi.d.ts";

export type Schemas = components["schemas"];

export type Account = Schemas["Me"];
export type Alarm = Schemas["Alarm"];
export type Annotation = Schemas["Annotation"];
export type Artifact = Schemas["Artifact"];
export type ArtifactPreview = Schemas["ArtifactPreview"];
export type ArtifactRoom = Schemas["ArtifactRoom"];
export type Backfill = Schemas["Backfill"];
export type BackfillDetail = Schemas["BackfillDetail"];
export type CaptureSession = Schemas["CaptureSession"];
export type Export = Schemas["Export"];
export type ComparisonAnswer = Schemas["ComparisonAnswer"];
export type ComparisonQuestion = Schemas["ComparisonQuestion"];
export type SavedComparison = Schemas["SavedComparison"];
export type Delivery = Schemas["Delivery"];
export type Webhook = Schemas["Webhook"];
export type Experiment = Schemas["Experiment"];
export type Excursion = Schemas["Excursion"];
export type Found = Schemas["Found"];
export type Import = Schemas["Import"];
export type IngestToken = Schemas["IngestToken"];
export type KindOfProfile = Schemas["KindOfProfile"];
export type Limit = Schemas["Limit"];
export type Measure = Schemas["Measure"];
export type MeasureDefinition = Schemas["MeasureFields"];
export type MeasurePreviewed = Schemas["MeasurePreview"];
export type MeasureValue = Schemas["MeasureValue"];
export type Member = Schemas["Member"];
export type NewSensor = Schemas["SensorFields"];
export type Overview = Schemas["Overview"];
export type OpenSession = Schemas["OpenSession"];
export type Previewed = Schemas["Previewed"];
export type Producer = Schemas["ProducerItem"];
export type Profile = Schemas["Profile"];
export type ProjectEvent = Schemas["Event"];
export type Project = Schemas["Project"];
export type ProjectSession = Schemas["ProjectSession"];
export type Reading = Schemas["Reading"];
export type RejectGroup = Schemas["RejectGroup"];
export type RejectedReading = Schemas["RejectedReading"];
export type ListedRun = Schemas["ListedRun"];
export type Run = Schemas["Run"];
export type SavedView = Schemas["SavedView"];
export type Sensor = Schemas["Sensor"];
export type ListedSensor = Schemas["ListedSensor"];
export type SeriesAnswer = Schemas["SeriesAnswer"];
export type SensorTotals = Schemas["SensorTotals"];
export type ArchiveUsage = Schemas["ArchiveUsage"];
export type SystemState = Schemas["SystemState"];
export type StatusChange = Schemas["StatusChange"];
export type TimelinePiece = Schemas["TimelinePiece"];
export type AuditEntry = Schemas["Entry"];
export type Role = Project["role"];
export type RunStatus = Run["status"];

/** One page of a list. */
export interface Page<Item> {
  items: Item[];
  next_cursor?: string | null;
}
