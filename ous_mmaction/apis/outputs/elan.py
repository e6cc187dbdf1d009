from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from ...atomic_files import whole_file
from ..film_record import FilmRecord

SCHEMA = 'http://www.mpi.nl/tools/elan/EAFv3.0.xsd'


def write_elan(record: FilmRecord, path: Path) -> None:
    """Write an ELAN file (EAF 3.0): one tier per person, one annotation per segment.

    The date is fixed, so that the same film gives the same bytes.
    """
    segments = sorted(record.segments(), key=lambda segment: segment[:2])
    root = Element('ANNOTATION_DOCUMENT', {
        'AUTHOR': 'ous_mmaction', 'DATE': '1970-01-01T00:00:00+00:00', 'FORMAT': '3.0',
        'VERSION': '3.0', 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
        'xsi:noNamespaceSchemaLocation': SCHEMA})
    SubElement(root, 'HEADER', MEDIA_FILE='', TIME_UNITS='milliseconds')
    # The format puts all times before the tiers; equal times may share a slot.
    times = sorted({round(1000 * moment) for segment in segments for moment in segment[1:3]})
    order = SubElement(root, 'TIME_ORDER')
    for number, time in enumerate(times, start=1):
        SubElement(order, 'TIME_SLOT', TIME_SLOT_ID=f'ts{number}', TIME_VALUE=str(time))
    slots = {time: f'ts{number}' for number, time in enumerate(times, start=1)}
    tiers: dict[int, Element] = {}
    for number, segment in enumerate(segments, start=1):
        if segment.person not in tiers:
            tiers[segment.person] = SubElement(
                root, 'TIER', TIER_ID=f'Person {segment.person}', LINGUISTIC_TYPE_REF='emotion')
        annotation = SubElement(
            SubElement(tiers[segment.person], 'ANNOTATION'), 'ALIGNABLE_ANNOTATION',
            ANNOTATION_ID=f'a{number}', TIME_SLOT_REF1=slots[round(1000 * segment.start)],
            TIME_SLOT_REF2=slots[round(1000 * segment.end)])
        SubElement(annotation, 'ANNOTATION_VALUE').text = segment.label
    SubElement(root, 'LINGUISTIC_TYPE', GRAPHIC_REFERENCES='false', LINGUISTIC_TYPE_ID='emotion',
               TIME_ALIGNABLE='true')
    ElementTree.indent(root)
    with whole_file(path, 'wb') as file:
        ElementTree.ElementTree(root).write(file, encoding='UTF-8', xml_declaration=True)
