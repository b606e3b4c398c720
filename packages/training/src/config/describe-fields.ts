import * as z from 'zod';

/** What a field takes. */
export type FieldType = 'string' | 'number' | 'integer' | 'boolean' | 'numbers' | 'choice';

/** A field of a configuration, for a command line that makes a flag of it. */
export interface FieldDescription {
  /** With the names that lead to it: `optimizer.learningRate`. */
  readonly path: string;
  readonly type: FieldType;
  readonly description: string;
  /** What values there are: 'a number above 0'. */
  readonly allowed: string;
  /** The values of a choice. */
  readonly choices?: readonly string[];
  /** Absent for fields that are required, and for those that may be left out and then mean nothing. */
  readonly default?: unknown;
  readonly required: boolean;
}

/** The part of a JSON schema that configurations need. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly prefixItems?: readonly JsonSchema[];
}

/** All fields of a configuration that are no groups of others, in the order of the schema. */
export function describeFields(schema: z.ZodType): FieldDescription[] {
  return fieldsBelow('', z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
}

function fieldsBelow(path: string, schema: JsonSchema): FieldDescription[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const below = path === '' ? name : `${path}.${name}`;
    if (field.type === 'object') return fieldsBelow(below, field);
    return [descriptionOf(below, field, schema.required?.includes(name) ?? false)];
  });
}

function descriptionOf(path: string, field: JsonSchema, required: boolean): FieldDescription {
  return {
    path,
    type: typeOf(field),
    description: field.description ?? '',
    allowed: allowedBy(field),
    ...(field.enum && { choices: field.enum }),
    ...('default' in field && { default: field.default }),
    required: required && !('default' in field),
  };
}

function typeOf({ type, enum: choices }: JsonSchema): FieldType {
  if (choices !== undefined) return 'choice';
  if (type === 'array') return 'numbers';
  return type as FieldType;
}

function allowedBy(field: JsonSchema): string {
  if (field.enum !== undefined) return `one of ${field.enum.join(', ')}`;
  switch (field.type) {
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${field.minItems ?? 0} numbers, each ${allowedBy(field.prefixItems?.[0] ?? {})}`;
    case 'integer':
      return `a whole number${rangeOf(field)}`;
    case 'number':
      return `a number${rangeOf(field)}`;
    default:
      return 'a text that is not empty';
  }
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const largest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const low =
    exclusiveMinimum !== undefined
      ? ` above ${exclusiveMinimum}`
      : minimum !== undefined
        ? ` from ${minimum}`
        : '';
  const high =
    exclusiveMaximum !== undefined
      ? ` to below ${exclusiveMaximum}`
      : largest !== undefined
        ? ` to ${largest}`
        : '';
  return `${low}${high}`;
}
