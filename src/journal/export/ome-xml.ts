import type { Frame } from "../../core/index.js";

const namespace = "http://www.openmicroscopy.org/Schemas/OME/2016-06";

/**
 * OME-XML (schema 2016-06) of one frame, plain ASCII, for the ImageDescription of a TIFF. What the schema has no
 * place for (settings as asked for and read back, the score) goes into a map of names and values.
 */
export function omeXml(
  name: string,
  frame: Omit<Frame, "pixels">,
  dtype: "uint16" | "float32",
  map: Readonly<Record<string, string | number>>,
): string {
  const [height, width] = frame.shape;
  const mode = frame.kind === "sted" ? "STED" : "LaserScanningConfocalMicroscopy";
  const size = frame.pixelSizeNm;
  const entries = Object.entries(map).map(([key, value]) => `<M K="${xmlText(key)}">${xmlText(value)}</M>`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<OME xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`,
    ` xsi:schemaLocation="${namespace} ${namespace}/ome.xsd" Creator="stedloop">`,
    `<Image ID="Image:0" Name="${xmlText(name)}">`,
    `<AcquisitionDate>${xmlText(frame.acquiredAt)}</AcquisitionDate>`,
    `<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="${dtype === "float32" ? "float" : "uint16"}" BigEndian="false"`,
    ` SizeX="${width}" SizeY="${height}" SizeZ="1" SizeC="1" SizeT="1"`,
    ` PhysicalSizeX="${size}" PhysicalSizeXUnit="nm" PhysicalSizeY="${size}" PhysicalSizeYUnit="nm">`,
    `<Channel ID="Channel:0:0" Name="${frame.kind}" SamplesPerPixel="1" AcquisitionMode="${mode}"/>`,
    '<TiffData IFD="0" PlaneCount="1"/>',
    "</Pixels>",
    '<AnnotationRef ID="Annotation:0"/>',
    "</Image>",
    "<StructuredAnnotations>",
    `<MapAnnotation ID="Annotation:0" Namespace="stedloop"><Value>${entries.join("")}</Value></MapAnnotation>`,
    "</StructuredAnnotations>",
    "</OME>",
  ].join("");
}

/** Text for XML in ASCII alone; characters that XML forbids are left out. */
function xmlText(value: string | number): string {
  return Array.from(String(value), (char) => {
    const code = char.codePointAt(0) as number;
    const forbidden =
      (code < 32 && !"\t\n\r".includes(char)) ||
      (code >= 0xd800 && code <= 0xdfff) ||
      code === 0xfffe ||
      code === 0xffff;
    if (forbidden) return "";
    return code > 126 || "<>&\"'".includes(char) ? `&#${code};` : char;
  }).join("");
}
