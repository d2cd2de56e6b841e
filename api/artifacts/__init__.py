"""Files that runs hold.

announced (routes) ─▶ sent in pieces (upload) ─▶ whole and right (completion) ─▶ judged (review)
                                                            └▶ sent (content), shown (previews)

Why: decision 670.
"""
