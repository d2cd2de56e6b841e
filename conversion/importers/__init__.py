"""Conversion rules of other systems, made into profiles: plain `{"kind", "payload"}`, ready to save.

    ASAM A2L text      a2l_text -> a2l          National Instruments   ni_scale, ni_channel
    MDF 4              mdf_file -> mdf          EPICS text             epics, epics_data
    XTCE XML           xtce_xml -> xtce         TDMS                   tdms_file -> tdms
    formulas in A2L, MDF   algebra

What an importer returns compiles, and gives what the format's own rule gives. What no kind expresses is
refused by `ImportRefused`, which names it, rather than approximated.
"""
