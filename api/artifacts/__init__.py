"""Files that runs hold.

announced (routes) ─▶ sent in pieces (upload), or straight to a bucket (direct_parts)
    ─▶ whole and right (completion) ─▶ judged (review)
                                    └▶ sent (content), shown (previews)

Why: decision 670.
"""
