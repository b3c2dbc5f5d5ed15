"""Opens an exported run with other people's programs and prints what they see as one JSON line.

Usage: open-exports.py RUN.zarr TIFF...
Needs: zarr, ome-zarr, ome-zarr-models, tifffile, ome-types
"""
import hashlib
import json
import sys

import ome_types
import ome_zarr_models.v05 as v05
import tifffile
import zarr
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader


def pixels(array):
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
    }


def see_zarr(path):
    root = zarr.open_group(path, mode="r")
    collection = v05.BioFormats2Raw.from_zarr(root)  # validates the whole model
    images = {}
    for name in root["OME"].attrs["ome"]["series"]:
        image = v05.Image.from_zarr(root[name])
        node = next(iter(Reader(parse_url(f"{path}/{name}"))()))
        scale = image.ome_attributes.multiscales[0].datasets[0].coordinateTransformations[0].scale
        axes = [axis["name"] for axis in node.metadata["axes"]]
        images[name] = {**pixels(node.data[0].compute()), "scale": list(scale), "axes": axes}
    complete = {name: group.attrs["stedloop"]["complete"] for name, group in root["step"].groups()}
    return {"layout": collection.ome_attributes.bioformats2raw_layout, "complete": complete, "images": images}


def see_tiff(path):
    with tifffile.TiffFile(path) as tiff:
        ome = ome_types.from_xml(tiff.ome_metadata)  # validates against the 2016-06 model
        image = ome.images[0]
        return {
            **pixels(tiff.asarray()),
            "isOme": tiff.is_ome,
            "pixelSize": [image.pixels.physical_size_x, image.pixels.physical_size_x_unit.value],
            "mode": image.pixels.channels[0].acquisition_mode.value,
            "values": {str(k): v for k, v in ome.structured_annotations[0].value.items()},
        }


print(json.dumps({"zarr": see_zarr(sys.argv[1]), "tiffs": [see_tiff(p) for p in sys.argv[2:]]}))
