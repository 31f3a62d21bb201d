"""For a class: marks and reports, hints, sets of sheets, and quizzes for Moodle and nbgrader."""
